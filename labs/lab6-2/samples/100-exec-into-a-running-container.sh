docker run --rm alpine cat /etc/passwd
docker run -d --name cow-test alpine sleep 600
docker exec cow-test sh -c 'echo testuser:x:1001:1001::/home/testuser:/bin/sh >> /etc/passwd'
docker exec cow-test tail -n 2 /etc/passwd
docker diff cow-test
docker rm -f cow-test
