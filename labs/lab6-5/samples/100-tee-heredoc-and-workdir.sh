docker create --name vault --tmpfs /secret alpine:latest tail -f /dev/null
docker start vault
docker exec -i vault sh <<'END'
echo '비밀 토큰' | tee /secret/token.txt
echo '평범한 글' | tee /root/plain.txt
END
docker exec -w /secret vault cat token.txt
docker exec vault stat -f /secret
docker kill vault
docker diff vault
docker start vault
docker exec -w /secret vault ls -l
docker exec -w /root vault head plain.txt
docker container rm --force vault
