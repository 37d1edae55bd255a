mkdir img && cd img
echo '레이어에 남는 글' > note.txt
echo 'FROM alpine' > Dockerfile
echo 'COPY note.txt /app/' >> Dockerfile
echo 'RUN head -c 3000000 /dev/zero > /big.bin' >> Dockerfile
echo 'RUN rm -f /big.bin' >> Dockerfile
docker build -t fat .
printf 'FROM alpine\nCOPY note.txt /app/\nRUN head -c 3000000 /dev/zero > /big.bin; rm /big.bin\n' > Dockerfile
docker image build --tag slim:latest .
docker image history --no-trunc fat
docker image history slim
docker run -it --name box slim sh
cd /app
echo more >> note.txt
touch new.txt
rm /etc/passwd
exit
docker diff box
