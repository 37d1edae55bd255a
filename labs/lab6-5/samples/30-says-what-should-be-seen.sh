docker run -d --name vault --tmpfs /secret alpine:latest sleep 600
docker exec vault echo '비밀 토큰' /secret/token.txt
docker exec vault echo '평범한 글' /root/plain.txt
docker exec vault sh "echo '비밀 토큰' > /secret/token.txt"
docker exec vault sh -c "echo 'tmpfs on /secret type tmpfs'"
echo 'A /root/plain.txt'
docker restart -t 0 vault
docker exec vault echo ls /secret
docker exec vault sh -c "echo '평범한 글'"
docker rm -f vault
