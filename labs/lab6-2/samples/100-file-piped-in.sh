docker run --rm alpine:latest cat /etc/passwd > passwd
docker run --rm alpine:latest ls -l /etc/passwd
echo 'testuser:x:1001:1001::/home/testuser:/bin/sh' >> passwd
docker run -dit --name cow-test alpine:latest
docker exec -i cow-test sh -c 'cat > /etc/passwd' < passwd
docker exec cow-test tail -2 /etc/passwd
docker diff cow-test
docker kill cow-test
docker rm cow-test
