docker run --name cow-test -it alpine:latest sh
echo 'testuser:x:1001:1001::/home/testuser:/bin/sh' > /etc/passwd
tail -2 /etc/passwd
exit
docker rm cow-test
docker diff cow-test
