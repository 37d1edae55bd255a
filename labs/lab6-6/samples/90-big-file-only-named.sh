cat > Dockerfile <<'EOF'
FROM alpine:latest
RUN mkdir /app && echo "레이어에 남는 글" > /app/note.txt
RUN dd if=/dev/zero of=/big.bin bs=1M count=2
RUN rm /big.bin
EOF
docker build -t fat .
cat > Dockerfile <<'EOF'
FROM alpine:latest
RUN mkdir /app && echo "레이어에 남는 글" > /app/note.txt
RUN echo "dd of=/big.bin; rm /big.bin"
EOF
docker build -t slim .
docker history fat
docker history slim
docker run -it --name box slim
echo a >> /app/note.txt
echo b > /app/new.txt
rm /etc/passwd
exit
docker diff box
