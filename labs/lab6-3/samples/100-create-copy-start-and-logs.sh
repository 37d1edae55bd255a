echo '볼륨에 남는 데이터' > note.txt
docker create --name writer -v todo-data:/data alpine:latest true
docker cp note.txt writer:/data/note.txt
docker start writer
docker container rm writer
docker create --name reader -v todo-data:/data alpine:latest sh -c 'cat /data/note.txt; until cat /data/shared.txt 2>/dev/null; do sleep 0.2; done; sleep 600'
docker start reader
docker create -it --name helper -v todo-data:/data alpine:latest
docker start -ai helper
cd /data
echo 함께 쓰는 데이터 | tee shared.txt
exit
docker logs reader
docker exec -w /data reader cat note.txt shared.txt
docker stop -t 0 reader
docker container rm reader helper
docker volume inspect todo-data
