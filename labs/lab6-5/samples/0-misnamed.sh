docker run -d --name valut --tmpfs /secret alpine:latest sleep 600
docker exec valut sh -c "echo '비밀 토큰' > /secret/token.txt"
docker exec valut sh -c "echo '평범한 글' > /root/plain.txt"
docker exec valut cat /secret/token.txt
docker exec valut df /secret
docker diff valut
docker stop -t 0 valut
docker start valut
docker exec valut ls -l /secret
docker exec valut cat /root/plain.txt
docker rm -f valut
