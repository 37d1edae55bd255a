docker volume create --label lab=6-3 todo-data   # 볼륨
docker run \
  --name writer \
  --mount type=volume,source=todo-data,target=/data \
  alpine sh -c 'cat > /data/note.txt <<END
볼륨에 남는 데이터
END
' && docker rm -f writer
docker run -d -it --name reader --mount src=todo-data,dst=/data,readonly alpine
docker exec -it reader sh
cat /data/note.txt 2>&1   # 볼륨에 남는 데이터가 그대로 있다
exit
docker run --name helper --rm -v todo-data:/data alpine sh -c "echo '함께 쓰는 데이터' > /data/shared.txt" && docker exec reader grep '함께 쓰는 데이터' /data/shared.txt
docker rm -f reader && docker volume ls --filter name=todo
