docker volume create todo-data
mkdir data
echo '볼륨에 남는 데이터' > data/note.txt
docker run --rm -v /lab/data:/data alpine:latest cat /data/note.txt
docker run --rm -v /lab/data:/data alpine:latest sh -c "echo '함께 쓰는 데이터' > /data/shared.txt"
cat data/note.txt data/shared.txt
docker volume ls
