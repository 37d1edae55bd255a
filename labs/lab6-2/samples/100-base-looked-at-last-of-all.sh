docker run -it --name cow-test alpine:latest sh
echo 'testuser:x:1001:1001::/home/testuser:/bin/sh' >> /etc/passwd
tail -2 /etc/passwd
exit
docker diff cow-test
docker rm cow-test
docker run -it --rm alpine:latest sh
tail -2 /etc/passwd
exit
