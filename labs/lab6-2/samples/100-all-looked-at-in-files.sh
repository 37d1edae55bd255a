docker create --name base alpine:latest
docker cp base:/etc/passwd before
cat before
docker rm base
docker run --name cow-test alpine:latest sh -c "echo 'testuser:x:1001:1001::/home/testuser:/bin/sh' >> /etc/passwd"
docker cp cow-test:/etc/passwd after
tail -2 after
docker diff cow-test > changes.txt
cat changes.txt
docker rm cow-test
