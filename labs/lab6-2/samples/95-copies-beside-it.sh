docker run --rm alpine:latest ls -la /etc/passwd
docker run -it --name cow-test alpine:latest sh
cp /etc/passwd /etc/passwd.bak
cp /etc/group /etc/group.bak
echo 'testuser:x:1001:1001::/home/testuser:/bin/sh' >> /etc/passwd
tail -2 /etc/passwd
exit
docker diff cow-test
docker rm cow-test
