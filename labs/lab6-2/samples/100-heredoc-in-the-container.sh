docker run --rm alpine:latest ls -l /etc/passwd
docker run -it --name cow-test alpine:latest sh
cat >> /etc/passwd <<END
testuser:x:1001:1001::/home/testuser:/bin/sh
END
cat /etc/passwd
exit
docker container diff cow-test
docker container rm cow-test
