docker volume create todo-data
docker run --name writer -v todo-data:/data alpine:latest true
docker rm writer
docker run -dit --name reader -v todo-data:/data alpine:latest
docker exec reader echo "볼륨에 남는 데이터"
docker run --name helper -v todo-data:/data alpine:latest true
docker exec reader echo "함께 쓰는 데이터"
docker rm -f reader helper
docker volume ls
