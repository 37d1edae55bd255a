docker volume create todo-data
docker run --name writer -v todo-data:/data alpine:latest sh -c "echo '볼륨에 남은 데이터' > /data/note.txt"
docker rm writer
docker run -d --name reader -v todo-data:/data alpine:latest sleep 600
docker exec reader cat /data/note.txt
docker run --name helper -v todo-data:/data alpine:latest sh -c "echo '함께 쓰는 데이터' > /data/shared.txt"
docker exec reader cat /data/shared.txt
docker rm -f reader helper
docker volume ls
