docker run -d --name vault alpine:latest sleep 600
docker run -d --name box --tmpfs /secret alpine:latest sleep 600
docker exec box sh -c "echo '비밀 토큰' > /secret/token.txt; cat /secret/token.txt; df /secret"
docker exec box sh -c "echo '평범한 글' > /root/plain.txt"
docker diff box
docker restart -t 0 box vault
docker exec box ls /secret
docker exec box cat /root/plain.txt
docker rm -f vault box
