docker volume create todo-data
docker run --name writer -v todo-data:/data alpine:latest true
docker rm writer
docker run -dit --name reader -v todo-data:/data alpine:latest
docker exec -i reader cat <<END
볼륨에 남는 데이터
END
docker run --name helper -v todo-data:/data alpine:latest true
echo '함께 쓰는 데이터' > shared.txt
docker exec -i reader cat < shared.txt
cat shared.txt
docker rm -f reader helper
echo todo-data
