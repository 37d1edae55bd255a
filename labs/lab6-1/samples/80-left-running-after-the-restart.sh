docker run -d --name test-data alpine:latest tail -f /dev/null
docker exec test-data sh -c "echo '중요한 데이터' > /tmp/important.txt; echo '애플리케이션 로그' > /var/log/app.log"
docker kill test-data
docker start test-data
docker exec test-data cat /tmp/important.txt /var/log/app.log
docker run --rm --name test-data-new alpine:latest ls /tmp /var/log
