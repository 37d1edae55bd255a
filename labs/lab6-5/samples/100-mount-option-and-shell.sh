docker run -it --name vault --mount type=tmpfs,target=/secret alpine sh
echo '비밀 토큰' > /secret/token.txt
echo '평범한 글' > /root/plain.txt
cat /secret/token.txt
mount | grep secret
<ctrl-p><ctrl-q>
docker diff vault
docker stop -t 0 vault
docker start -ai vault
ls /secret
cat /root/plain.txt
exit
docker rm vault
