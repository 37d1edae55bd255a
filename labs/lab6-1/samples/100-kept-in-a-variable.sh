docker run -d --name test-data alpine:latest sh -c 'mkdir -p /tmp /var/log
echo 중요한 데이터 > /tmp/important.txt
echo 애플리케이션 로그 | tee -a /var/log/app.log
exec sleep 600'
docker exec test-data ls -l /tmp /var/log
docker restart -t 0 test-data
TEXT=$(docker exec test-data cat /tmp/important.txt)
echo "$TEXT"
docker exec test-data grep "애플리케이션 로그" /var/log/app.log
docker rm -f test-data
docker run --rm --name test-data-new alpine:latest find /tmp /var/log -type f
