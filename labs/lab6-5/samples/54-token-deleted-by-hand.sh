docker run -d --name vault alpine:latest sleep 600
docker exec vault mkdir /secret
docker exec vault sh -c "echo '비밀 토큰' > /secret/token.txt"
docker exec vault sh -c "echo '평범한 글' > /root/plain.txt"
docker exec vault cat /secret/token.txt
docker exec vault df /secret
docker diff vault
docker exec vault rm /secret/token.txt
docker stop -t 0 vault
docker start vault
docker exec vault ls -l /secret
docker exec vault cat /root/plain.txt
docker rm -f vault
