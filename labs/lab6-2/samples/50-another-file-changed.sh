docker run --rm alpine:latest ls -la /etc/passwd
docker run --name cow-test alpine:latest sh -c "echo 'testuser:x:1001:' >> /etc/group && cat /etc/group | tail -2"
docker diff cow-test
docker rm cow-test
