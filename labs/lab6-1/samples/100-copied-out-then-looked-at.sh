docker run --name test-data -it alpine:latest sh
echo "중요한 데이터" > /tmp/important.txt
echo "애플리케이션 로그" > /var/log/app.log
exit
docker start test-data
docker cp test-data:/tmp/important.txt .
docker exec test-data cat /var/log/app.log > log
cat important.txt
cat log
docker rm -f test-data
docker run --name test-data-new -it alpine:latest sh
ls /tmp
ls /var/log
exit
