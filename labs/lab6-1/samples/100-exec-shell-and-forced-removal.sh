docker run -dit --name test-data alpine
docker exec -it test-data sh
echo 중요한 데이터 > /tmp/important.txt
echo 애플리케이션 로그 > /var/log/app.log
exit
docker restart -t 0 test-data
docker exec -it test-data sh
cat /tmp/important.txt /var/log/app.log
exit
docker rm -f test-data
docker run --rm --name test-data-new alpine ls -la /tmp /var/log
