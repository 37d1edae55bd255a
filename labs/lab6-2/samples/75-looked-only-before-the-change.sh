docker run --name cow-test alpine:latest sh -c "
head -1 /etc/passwd
echo 'testuser:x:1001:1001::/home/testuser:/bin/sh' >> /etc/passwd
"
docker diff cow-test
docker rm cow-test
