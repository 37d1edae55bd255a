# 이름만 보았다
docker run --rm alpine:latest ls /etc/passwd

# 컨테이너에서 고친다
docker run --name cow-test alpine:latest sh -c "
echo 'testuser:x:1001:1001::/home/testuser:/bin/sh' >> /etc/passwd &&
cat /etc/passwd | tail -2
"

# 바뀐 것만 기록 가능 레이어에 있다
docker diff cow-test

docker rm cow-test
