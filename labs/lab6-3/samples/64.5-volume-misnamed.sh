docker volume create todo_data
docker run --name writer -v todo_data:/data alpine:latest sh -c "echo '볼륨에 남는 데이터' > /data/note.txt"
docker rm writer
docker run -d --name reader -v todo_data:/data alpine:latest sleep 600
docker exec reader cat /data/note.txt
docker run --name helper -v todo_data:/data alpine:latest sh -c "echo '함께 쓰는 데이터' > /data/shared.txt"
docker exec reader cat /data/shared.txt
docker rm -f reader helper
docker volume ls
