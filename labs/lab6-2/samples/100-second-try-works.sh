docker run --rm alpine:latest ls -la /etc/paswd
docker run --rm alpine:latest ls -la /etc/passwd
docker run --name cow-test alpine:latest sh -c "ehco 'testuser:x:1001:1001::/home/testuser:/bin/sh' >> /etc/passwd"
docker run --name cow-test alpine:latest sh -c "echo 'testuser:x:1001:1001::/home/testuser:/bin/sh' >> /etc/passwd && tail -2 /etc/passwd"
docker rm cow-test
docker run --name cow-test alpine:latest sh -c "echo 'testuser:x:1001:1001::/home/testuser:/bin/sh' >> /etc/passwd && tail -2 /etc/passwd"
docker dif cow-test
docker diff cow_test
docker diff cow-test
docker rm cow-test
