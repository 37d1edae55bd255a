docker run --rm alpine:latest ls -la /etc/passwd
docker run -d --name cow-test alpine:latest sleep 600
docker diff cow-test
docker exec cow-test sh -c "echo 'testuser:x:1001:1001::/home/testuser:/bin/sh' >> /etc/passwd"
docker exec cow-test tail -2 /etc/passwd
docker rm -f cow-test
