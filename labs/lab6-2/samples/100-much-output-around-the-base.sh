docker run --rm alpine:latest sh -c "yes | head -c 200000; tail -1 /etc/passwd"
docker run --name cow-test alpine:latest sh -c "echo 'testuser:x:1001:1001::/home/testuser:/bin/sh' >> /etc/passwd && tail -2 /etc/passwd"
docker diff cow-test
docker rm cow-test
