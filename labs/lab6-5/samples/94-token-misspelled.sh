docker run -d --name vault --tmpfs /secret alpine:latest sleep 600
docker exec vault sh -c "echo '비밀 토큰' > /secret/tokn.txt; cat /secret/tokn.txt"
docker exec vault sh -c "echo '평범한 글' > /root/plain.txt"
docker exec vault df /secret
docker diff vault
docker restart -t 0 vault
docker exec vault ls /secret
docker exec vault cat /root/plain.txt
docker rm -f vault
