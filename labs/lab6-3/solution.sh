# 컨테이너와 따로 사는 볼륨을 만든다
docker volume create todo-data

# 첫 컨테이너가 볼륨에 쓰고 사라진다
docker run --name writer -v todo-data:/data alpine:latest sh -c "echo '볼륨에 남는 데이터' > /data/note.txt"
docker rm writer

# 새 컨테이너에서도 데이터가 그대로 있다
docker run -d --name reader -v todo-data:/data alpine:latest sleep 600
docker exec reader cat /data/note.txt

# 두 컨테이너가 동시에 한 볼륨을 쓴다
docker run --name helper -v todo-data:/data alpine:latest sh -c "echo '함께 쓰는 데이터' > /data/shared.txt"
docker exec reader cat /data/shared.txt

# 컨테이너를 모두 지워도 볼륨은 남는다
docker rm -f reader helper
docker volume ls
