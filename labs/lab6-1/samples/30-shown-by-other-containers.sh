echo "중요한 데이터" > important.txt
echo "애플리케이션 로그" > app.log
docker run --name test-data alpine:latest true
docker start test-data
docker exec test-data ls /tmp /var/log
docker run --rm alpine:latest echo "중요한 데이터"
docker run --rm -v /lab:/tmp alpine:latest cat /tmp/important.txt /tmp/app.log
cat important.txt app.log
docker rm test-data
docker run --name test-data-new alpine:latest true
docker run --rm alpine:latest ls /tmp /var/log
