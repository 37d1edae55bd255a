echo '비밀 토큰' > token.txt
echo '평범한 글' > plain.txt
docker run -d --name vault --tmpfs /secret alpine:latest sleep 600
docker cp token.txt vault:/secret/token.txt
docker cp plain.txt vault:/root/plain.txt
cat token.txt plain.txt
docker diff vault
docker restart -t 0 vault
docker exec vault df /secret
docker exec vault cat /secret/token.txt
docker rm -f vault
