docker volume create todo-data
docker run -dit --name writer -v todo-data:/data alpine
docker exec writer sh -c 'echo 볼륨에 남는 데이터 > /data/note.txt'
docker rm -f writer
docker run -dit --name reader -v todo-data:/data alpine
docker exec reader cat /data/note.txt
docker run -dit --name helper -v todo-data:/data alpine
docker exec -i helper tee /data/shared.txt <<< '함께 쓰는 데이터'
docker exec reader cat /data/shared.txt
docker stop -t 0 reader helper
docker rm reader helper
docker volume ls
