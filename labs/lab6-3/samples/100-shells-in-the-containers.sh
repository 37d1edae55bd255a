docker volume create todo-data
docker run -it --name writer -v todo-data:/data alpine:latest sh
cd /data
echo "볼륨에 남는 데이터" > note.txt
exit
docker rm writer
docker run -it --name reader -v todo-data:/data alpine:latest sh
cat /data/note.txt
<ctrl-p><ctrl-q>
docker run -it --name helper -v todo-data:/data alpine:latest sh
echo "함께 쓰는 데이터" > /data/shared.txt
exit
docker attach reader
cat /data/shared.txt
exit
docker rm reader helper
docker volume ls
