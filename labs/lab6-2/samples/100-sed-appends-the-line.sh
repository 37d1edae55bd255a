docker run --rm alpine:latest wc /etc/passwd
docker run --name cow-test alpine:latest sh -c "sed -i '\$a testuser:x:1001:1001::/home/testuser:/bin/sh' /etc/passwd; tail -2 /etc/passwd"
docker diff cow-test
docker rm cow-test
