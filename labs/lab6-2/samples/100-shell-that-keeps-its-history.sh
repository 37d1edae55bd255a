docker run --rm alpine:latest ls -l /etc/passwd
docker run -it --name cow-test alpine:latest sh
echo 'testuser:x:1001:1001::/home/testuser:/bin/sh' >> /etc/passwd
tail -2 /etc/passwd
echo ls > /root/.ash_history
exit
docker diff cow-test
docker rm cow-test
