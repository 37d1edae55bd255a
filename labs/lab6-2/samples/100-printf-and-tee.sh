docker run --rm alpine:latest tail -2 /etc/passwd
docker run -dit --name cow-test alpine:latest
printf 'testuser:x:1001:1001::/home/testuser:/bin/sh\n' | docker exec -i cow-test tee -a /etc/passwd
docker exec cow-test tail -2 /etc/passwd
docker diff cow-test
docker stop -t 0 cow-test
docker rm cow-test
