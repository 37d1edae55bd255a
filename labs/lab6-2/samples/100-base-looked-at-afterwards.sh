docker run --name cow-test alpine:latest sh -c "echo 'testuser:x:1001:1001::/home/testuser:/bin/sh' >> /etc/passwd && tail -2 /etc/passwd"
docker diff cow-test
docker run --rm alpine:latest tail -2 /etc/passwd
docker rm cow-test
