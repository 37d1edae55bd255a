sudo docker volume create todo-data
sudo docker run --name writer -v todo-data:/data alpine:latest sh -c "echo '볼륨에 남는 데이터' > /data/note.txt"
sudo docker rm writer
sudo docker run -d --name reader -v todo-data:/data alpine:latest sleep 600
sudo docker exec reader cat /data/note.txt
sudo docker run --name helper -v todo-data:/data alpine:latest sh -c "echo '함께 쓰는 데이터' > /data/shared.txt"
sudo docker exec reader cat /data/shared.txt
sudo docker rm -f reader helper
sudo docker volume ls
