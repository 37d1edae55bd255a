echo "중요한 데이터" > important.txt
echo "애플리케이션 로그" > app.log
docker run -dit --name test-data alpine:latest
docker cp important.txt test-data:/tmp/important.txt
docker cp app.log test-data:/var/log/app.log
docker stop -t 0 test-data
docker start test-data
docker exec test-data cat /tmp/important.txt
docker exec test-data cat /var/log/app.log
docker stop -t 0 test-data
docker rm test-data
docker run --rm -it --name test-data-new alpine:latest sh
ls -la /tmp
ls -la /var/log
exit
