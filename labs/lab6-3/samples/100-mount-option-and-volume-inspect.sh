docker volume create todo-data
docker run --name writer --mount type=volume,src=todo-data,dst=/data alpine sh -c "echo '볼륨에 남는 데이터' > /data/note.txt"
docker rm writer
docker run -d --name reader --mount source=todo-data,target=/data alpine sleep 600
docker exec reader cat /data/note.txt
docker run --name helper --mount source=todo-data,target=/data alpine sh -c "echo '함께 쓰는 데이터' > /data/shared.txt"
docker exec reader cat /data/shared.txt
docker rm -f reader helper
docker volume inspect todo-data
