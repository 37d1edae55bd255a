docker run -it --name cow-test alpine:latest sh
ls -la /etc/passwd
echo 'testuser:x:1001:1001::/home/testuser:/bin/sh' >> /etc/passwd
tail -2 /etc/passwd
exit
docker diff cow-test
docker rm cow-test
