ls -la /etc/passwd
echo 'testuser:x:1001:1001::/home/testuser:/bin/sh' >> /etc/passwd
cat /etc/passwd | tail -2
docker diff cow-test
docker rm cow-test
