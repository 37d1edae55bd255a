docker run -dit --name vault --mount type=tmpfs,destination=/secret,tmpfs-size=1m alpine
docker exec -it vault sh
cd /secret
echo "비밀 토큰" > token.txt
cat *
df .
echo "평범한 글" > ~/plain.txt
exit
docker diff vault
docker stop -t 0 vault
docker start vault
docker exec -it vault sh
cd /secret
ls -la
cat ~/plain.txt
exit
docker stop -t 0 vault
docker rm vault
