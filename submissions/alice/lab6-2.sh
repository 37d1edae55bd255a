# 1. 베이스 이미지에서 파일 확인
docker run --rm alpine:latest ls -la /etc/passwd

# 2. 파일 수정 시도
docker run --name cow-test alpine:latest sh -c "
echo 'testuser:x:1001:1001::/home/testuser:/bin/sh' >> /etc/passwd &&
cat /etc/passwd | tail -2
"

# 3. 변경사항 확인 (docker diff 사용)
docker diff cow-test
# 출력: C /etc
#       C /etc/passwd

# 4. 정리
docker rm cow-test
