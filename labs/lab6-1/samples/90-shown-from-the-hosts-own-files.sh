echo "중요한 데이터" > important.txt
echo "애플리케이션 로그" > app.log
docker run -dit --name test-data alpine:latest
docker cp important.txt test-data:/tmp/
docker cp app.log test-data:/var/log/
docker restart -t 0 test-data
docker exec test-data ls /tmp /var/log
cat important.txt app.log
docker rm -f test-data
docker run --rm --name test-data-new alpine:latest ls /tmp /var/log
