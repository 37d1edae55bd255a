docker create -it --name test-data alpine:latest sh
docker start -ai test-data
echo "중요한 데이터" > /tmp/important.txt
echo "애플리케이션 로그" > /var/log/app.log
exit
docker start -ai test-data
cat /tmp/important.txt
cat /var/log/app.log
exit
docker container rm test-data
docker create -it --name test-data-new alpine:latest sh
docker start -ai test-data-new
ls /tmp
ls /var/log
exit
