docker run -it --rm --name base alpine:latest sh
tail -2 /etc/passwd
exit
docker run -it --name cow-test alpine:latest sh
echo testuser:x:1001:1001::/home/testuser:/bin/sh >> /etc/passwd
exit
docker diff cow-test
docker start -ai cow-test
tail -2 /etc/passwd
exit
docker ps -a
docker rm cow-test
