cat > Dockerfile.fat <<'EOF'
FROM alpine:latest
RUN mkdir /app && echo '레이어에 남는 글' > /app/note.txt
RUN dd if=/dev/zero of=/big.bin bs=1M count=2
RUN rm /big.bin
EOF
docker build -t fat -f Dockerfile.fat .
cat > Dockerfile.slim <<'EOF'
FROM alpine:latest
RUN mkdir /app && echo '레이어에 남는 글' > /app/note.txt
RUN dd if=/dev/zero of=/big.bin bs=1M count=2 && rm /big.bin
EOF
docker build -t slim -f Dockerfile.slim .
docker history $(docker images -q alpine)
docker history $(docker build -q -t other -f Dockerfile.slim --label other=yes .)
docker run --name box slim sh -c "echo '고친 글' >> /app/note.txt; echo '새 글' > /app/new.txt; rm /etc/passwd"
docker diff box
