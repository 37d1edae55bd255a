ID=$(docker run -d --name test-data alpine:latest tail -f /dev/null)
docker exec $ID sh -c "echo '중요한 데이터' > /tmp/important.txt; echo '애플리케이션 로그' > /var/log/app.log"
docker kill $ID
docker start $ID
docker exec $ID cat /tmp/important.txt /var/log/app.log
docker kill $ID
docker rm $ID
NEW=$(docker run -d --name test-data-new alpine:latest tail -f /dev/null)
docker exec $NEW find /tmp /var/log
docker rm -f $NEW
