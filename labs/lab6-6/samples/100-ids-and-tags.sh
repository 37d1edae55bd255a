mkdir ctx && cd ctx
tee Dockerfile <<'X' >/dev/null
FROM alpine:latest
RUN mkdir -p /app && printf '레이어에 남는 글' > /app/note.txt
RUN truncate -s 2M /big.bin
RUN rm /big.bin
X
docker build -q -t mine/fat:v1 .
docker tag mine/fat:v1 fat
docker history $(docker images -q fat | cut -c1-5)
tee Dockerfile <<'X' >/dev/null
FROM alpine:latest
RUN mkdir -p /app && printf '레이어에 남는 글' > /app/note.txt
RUN truncate -s 2M /big.bin ; rm /big.bin
X
S=$(docker build -q .)
docker tag $S slim
docker history $S
B=$(docker run -d --name box $S sleep 300)
docker exec $B sh -c 'printf "더\n" >> /app/note.txt'
docker exec $B cp /app/note.txt /app/new.txt
docker exec $B rm /etc/passwd
docker diff $B
docker rm -f $B
docker rmi slim fat mine/fat:v1
