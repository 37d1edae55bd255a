docker run -d --name test-data alpine:latest sleep 600
docker exec test-data sh -c 'echo "중요한 데이터" > /tmp/important.txt'
docker exec test-data sh -c 'echo "애플리케이션 로그" > /var/log/app.log'
docker stop -t 0 test-data
docker start test-data
docker exec test-data cat /tmp/important.txt
docker exec test-data cat /var/log/app.log
docker stop -t 0 test-data
docker rm test-data
docker run -d --name test-data-new alpine:latest sleep 600
docker exec test-data-new ls /tmp
docker exec test-data-new ls /var/log
docker stop -t 0 test-data-new
