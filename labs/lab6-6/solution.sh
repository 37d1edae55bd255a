# 나중 레이어에서 삭제한다: 자리는 돌아오지 않는다
cat > Dockerfile.fat <<'EOF'
FROM alpine:latest
RUN mkdir /app && echo '레이어에 남는 글' > /app/note.txt
RUN dd if=/dev/zero of=/big.bin bs=1M count=2
RUN rm /big.bin
EOF
docker build -t fat -f Dockerfile.fat .
docker history fat

# 같은 레이어에서 만들고 삭제한다
cat > Dockerfile.slim <<'EOF'
FROM alpine:latest
RUN mkdir /app && echo '레이어에 남는 글' > /app/note.txt
RUN dd if=/dev/zero of=/big.bin bs=1M count=2 && rm /big.bin
EOF
docker build -t slim -f Dockerfile.slim .
docker history slim

# 컨테이너의 기록 가능 레이어
docker run --name box slim sh -c "echo '고친 글' >> /app/note.txt; echo '새 글' > /app/new.txt; rm /etc/passwd"
docker diff box
