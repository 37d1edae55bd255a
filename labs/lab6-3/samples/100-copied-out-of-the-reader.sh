docker volume create todo-data
docker run -dit --name writer -v todo-data:/data -w /data alpine:latest
docker exec writer sh -c 'echo 볼륨에 남는 데이터 > note.txt'
docker stop -t 0 writer && docker rm writer
ID=$(docker run -dit -v todo-data:/data -w /data --name reader alpine:latest)
docker cp $ID:/data/note.txt .
cat note.txt
docker run -dit --name helper --volumes-from reader alpine:latest
docker exec helper sh -c 'echo 함께 쓰는 데이터 > /data/shared.txt'
TEXT=$(docker exec $ID cat shared.txt)
echo "$TEXT"
docker rm -f $(docker ps -aq)
docker volume ls
